/**
 * Added to a bundle's text: the export is initialised only when the bundle's top level has ended without a throw. It tells a bundle that
 * did not load from one that merely left a rejected promise behind, without a global name that job code could see.
 */
export const LOADED_EXPORT = 'dsage$loaded'
export const LOADED_SUFFIX = `\n;export const ${LOADED_EXPORT} = true\n`
