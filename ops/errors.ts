// An error that is the operator's to mend: its message is all they see.
export class OperatorError extends Error {}
