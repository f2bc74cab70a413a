let visits = 0
export const work = () => ++visits
