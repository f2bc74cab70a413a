/** How many threads a device lends before its person has chosen: half its logical cores, and of a phone one. */
export const defaultThreads = (cores: number, isPhone: boolean): number => (isPhone ? 1 : Math.max(1, Math.floor(cores / 2)))

/** As the browser says, or as one judges by a coarse pointer on a small screen. */
export function isPhone(): boolean {
  const { userAgentData } = navigator as Navigator & { readonly userAgentData?: { readonly mobile: boolean } }
  return userAgentData?.mobile ?? matchMedia('(pointer: coarse) and (max-width: 50rem)').matches
}
