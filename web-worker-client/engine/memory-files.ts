import type { FileFolder } from './files.ts'

/** Forgets with the process. */
export function memoryFiles(): FileFolder {
  const pieces = new Map<string, Blob>()
  return {
    list: async () => [...pieces.keys()],
    read: async (name) => pieces.get(name),
    write: async (name, bytes) => void pieces.set(name, new Blob([bytes])),
    remove: async (name) => void pieces.delete(name),
  }
}
