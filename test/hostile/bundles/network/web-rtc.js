// A peer connection asks a STUN server by UDP, which no policy of the page covers.
export async function work() {
  attempt(async () => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:__UDP__' }] })
    peer.createDataChannel('leak')
    await peer.setLocalDescription(await peer.createOffer())
    await new Promise((resolve) => setTimeout(resolve, 500))
  })
  return settled()
}
