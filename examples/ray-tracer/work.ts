/**
 * A small ray tracer: spheres and a chequered plane, two lamps, shadows and reflections. It uses + - * / and square roots alone, which are the same to the
 * last bit on every machine; so strangers agree on the bytes of a tile.
 */
type Vector = readonly [x: number, y: number, z: number]

export interface Tile {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** Of the whole picture. */
  readonly picture: readonly [width: number, height: number]
}

interface Surface {
  readonly colour: Vector
  /** Share of the light that is reflected as by a mirror, 0 to 1. */
  readonly mirror: number
}
interface Sphere extends Surface {
  readonly centre: Vector
  readonly radius: number
}
interface Hit {
  readonly distance: number
  readonly point: Vector
  readonly normal: Vector
  readonly surface: Surface
}

const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const times = (a: Vector, s: number): Vector => [a[0] * s, a[1] * s, a[2] * s]
const mixed = (a: Vector, b: Vector): Vector => [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const unit = (a: Vector): Vector => times(a, 1 / Math.sqrt(dot(a, a)))

const SPHERES: readonly Sphere[] = [
  { centre: [-1.25, 0.8, 5.4], radius: 0.8, colour: [0.85, 0.2, 0.15], mirror: 0.15 },
  { centre: [0.35, 1.1, 6.6], radius: 1.1, colour: [0.9, 0.9, 0.95], mirror: 0.75 },
  { centre: [1.55, 0.55, 4.6], radius: 0.55, colour: [0.15, 0.45, 0.8], mirror: 0.2 },
  { centre: [0.1, 0.3, 4.1], radius: 0.3, colour: [0.95, 0.75, 0.2], mirror: 0.1 },
]
const LAMPS: readonly { readonly at: Vector; readonly colour: Vector }[] = [
  { at: [-4, 6, 1], colour: [0.8, 0.77, 0.7] },
  { at: [5, 4, 0], colour: [0.3, 0.35, 0.45] },
]
const EYE: Vector = [0, 1.5, -1]
const AMBIENT = 0.12
const REFLECTIONS = 4
/** Rays a pixel, in each direction. */
const SAMPLES = 2
const NEAR = 1e-6

function sphereHit(from: Vector, along: Vector, sphere: Sphere): Hit | undefined {
  const toCentre = minus(sphere.centre, from)
  const middle = dot(toCentre, along)
  const inside = sphere.radius * sphere.radius - (dot(toCentre, toCentre) - middle * middle)
  if (inside < 0) return undefined
  const half = Math.sqrt(inside)
  const distance = middle - half > NEAR ? middle - half : middle + half
  if (distance <= NEAR) return undefined
  const point = add(from, times(along, distance))
  return { distance, point, normal: times(minus(point, sphere.centre), 1 / sphere.radius), surface: sphere }
}

/** The plane y = 0. */
function floorHit(from: Vector, along: Vector): Hit | undefined {
  const distance = -from[1] / along[1]
  if (!(distance > NEAR && distance < 60)) return undefined
  const point = add(from, times(along, distance))
  const isDark = (Math.floor(point[0]) + Math.floor(point[2])) % 2 === 0
  return { distance, point, normal: [0, 1, 0], surface: { colour: isDark ? [0.15, 0.16, 0.18] : [0.82, 0.8, 0.76], mirror: 0.12 } }
}

function nearest(from: Vector, along: Vector): Hit | undefined {
  let hit = floorHit(from, along)
  for (const sphere of SPHERES) {
    const other = sphereHit(from, along, sphere)
    if (other !== undefined && (hit === undefined || other.distance < hit.distance)) hit = other
  }
  return hit
}

/** Light that falls straight from the lamps, with the shadows of what stands between. */
function lit({ point, normal, surface }: Hit): Vector {
  let light: Vector = [AMBIENT, AMBIENT, AMBIENT]
  for (const { at, colour } of LAMPS) {
    const way = minus(at, point)
    const towards = unit(way)
    const facing = dot(normal, towards)
    const between = facing > 0 ? nearest(add(point, times(normal, 1e-4)), towards) : undefined
    if (facing > 0 && (between === undefined || between.distance * between.distance > dot(way, way)))
      light = add(light, times(colour, facing))
  }
  return mixed(surface.colour, light)
}

function colourOf(from: Vector, along: Vector, left: number): Vector {
  const hit = nearest(from, along)
  if (hit === undefined) return add([0.35, 0.5, 0.75], times([0.45, 0.35, 0.2], 1 - Math.max(0, along[1])))
  const own = lit(hit)
  if (left === 0) return own
  const { normal, surface } = hit
  const back = minus(along, times(normal, 2 * dot(along, normal)))
  const seen = colourOf(add(hit.point, times(normal, 1e-4)), back, left - 1)
  return add(times(own, 1 - surface.mirror), times(seen, surface.mirror))
}

/** Three bytes a pixel, rows from the top. */
export function work({ left, top, width, height, picture: [across, down] }: Tile): Uint8Array {
  const pixels = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum: Vector = [0, 0, 0]
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const u = (left + x + (0.5 + (i % SAMPLES)) / SAMPLES - across / 2) / down
        const v = (down / 2 - (top + y + (0.5 + Math.floor(i / SAMPLES)) / SAMPLES)) / down
        sum = add(sum, colourOf(EYE, unit([u, v - 0.08, 1.1]), REFLECTIONS))
      }
      // The square root is what screens expect of light, roughly.
      const shown = sum.map((light) => Math.min(255, Math.floor(256 * Math.sqrt(light / (SAMPLES * SAMPLES)))))
      pixels.set(shown, 3 * (width * y + x))
    }
  return pixels
}
