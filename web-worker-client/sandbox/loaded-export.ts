/**
 * Added to a bundle's text: the export is initialised only when the bundle's top level has ended without a throw. It tells a bundle that
 * did not load from one that merely left a rejected promise behind, without a global name that job code could see.
 */
export const LOADED_EXPORT = 'dsage$loaded'
/** Where a bundle is a URL, a call of this is its first statement, and gone by then: it tells a bundle that threw from one that does not parse. */
export const BEGAN = 'dsage$began'
export const BEGAN_CALL = `${BEGAN}();`
/** Names the text in stacks; without it they hold the whole of a `data:` URL. */
export const BUNDLE_NAME = 'bundle.js'
export const LOADED_SUFFIX = `\n;export const ${LOADED_EXPORT} = true\n//# sourceURL=${BUNDLE_NAME}\n`
