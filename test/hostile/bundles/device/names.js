// The names of a realm tell engine and version.
const KNOWN = ['navigator', 'location', 'fetch', 'setTimeout', 'Worker', 'MessageChannel', 'process', 'require', 'SharedArrayBuffer', 'eval', 'Temporal', 'GPU', 'chrome', 'InstallTrigger', 'webkitURL']
export const work = () => KNOWN.filter((name) => name in globalThis)
