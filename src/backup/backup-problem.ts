/** Why a file is no backup that can be restored; the message is a whole sentence. */
export class BackupProblem extends Error {}
