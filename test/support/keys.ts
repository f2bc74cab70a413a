/** The keys of tests, made anew for each process. */
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'

/** The operator's at a TestApp; any server's that does not look. */
export const OWNER_KEY = await makeKeyTexts('owner@test')
