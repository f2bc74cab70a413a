import { FURTHER_LOOKS } from '../support/portal/page.ts'
import { describePages } from './describe-pages.ts'

describePages(FURTHER_LOOKS)
