export const work = () => ({ f() {} })
