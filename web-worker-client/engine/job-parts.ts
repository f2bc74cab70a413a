import type { JobBrief, SandboxedFile } from '../../sdk/protocol.ts'
import { Bundles, type BundlesOptions } from './bundles.ts'
import { Files, type FilesOptions } from './files.ts'

/** What all units of a job share. */
export interface JobParts {
  /** The bundle's text. */
  readonly code: string
  /** Absent where there are none. */
  readonly files?: readonly SandboxedFile[]
}

export interface PartsOptions extends Pick<FilesOptions, 'clock' | 'log' | 'folder'> {
  readonly fetchBundle: BundlesOptions['fetch']
  readonly fetchRange: FilesOptions['fetch']
  /** A part came, or asking again may help now. */
  readonly onReady: () => void
  /** Units of the jobs that `isTheirs` picks cannot be computed here; `message` says why. */
  readonly onUnavailable: (isTheirs: (brief: JobBrief) => boolean, message: string) => void
}

/** What the units of jobs need, as far as it is at hand; what is missing is asked for. */
export class PartsOfJobs {
  readonly #bundles: Bundles
  readonly #files: Files

  constructor({ clock, log, folder, fetchBundle, fetchRange, onReady, onUnavailable }: PartsOptions) {
    const bundleIs = (bundle: string) => (brief: JobBrief) => brief.bundle === bundle
    const hasFile = (sha256: string) => (brief: JobBrief) => brief.files?.some((file) => file.sha256 === sha256) === true
    this.#bundles = new Bundles({
      ...{ clock, onReady, fetch: fetchBundle },
      onUnavailable: (bundle, message) => onUnavailable(bundleIs(bundle), message),
    })
    this.#files = new Files({
      ...{ clock, log, folder, onReady, fetch: fetchRange },
      onUnavailable: (sha256, message) => onUnavailable(hasFile(sha256), message),
    })
  }

  /** All of it, or undefined while something is on its way. */
  of(brief: JobBrief): JobParts | undefined {
    const [code, files] = [this.#bundles.text(brief.bundle), this.#files.of(brief)]
    if (code === undefined || !files) return undefined
    return files.length > 0 ? { code, files } : { code }
  }

  /** Code that came with a lease. */
  offer({ bundle, code }: JobBrief): void {
    if (code) void this.#bundles.offer(bundle, code)
  }
}
