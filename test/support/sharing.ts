/** Folders of the files that drive browsers and look at the processes below their own: each file has a process for itself. */
export const ALONE: readonly string[] = ['client', 'end-to-end', 'hostile', 'original', 'portal']
