import { FURTHER_LOOKS, LOOKS } from '../support/portal/page.ts'
import { describePages } from './describe-pages.ts'

describePages([LOOKS[0]!, ...FURTHER_LOOKS])
