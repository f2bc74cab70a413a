/** Whether these are the long tests: some files are run by them too, with more of the same. */
export const LONG_TESTS = process.env.DSAGE_LONG_TESTS === '1'
