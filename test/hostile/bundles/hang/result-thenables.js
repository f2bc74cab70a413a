// Always one more promise.
export const work = () => ({ then: (resolve) => resolve(work()) })
