// Files that a service does not take.
import { OperatorError } from "../errors.ts";

/** The files were refused, and what was in force before stays: whoever put them into the cluster puts the old ones back. */
export class RefusedFiles extends OperatorError {}
