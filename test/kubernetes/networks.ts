// The networks of the tests' cluster, as its stacks are told.
import { families } from "../cluster/addresses.ts";

export const pods = families.map((family) => family.pods);
