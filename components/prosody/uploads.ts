// Where uploaded files lie, for those who see them: Prosody decides about them, the front stores and serves them.

/** Where both see the volume with a directory for each upload host (its name in ASCII). */
export const uploadsPath = "/var/lib/prosody-uploads";

/** The group that the files belong to, which is neither's own. */
export const uploadsGroup = 5400;
