import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type EaReleases = Schemas['EAReleases']
export type EaTemplateVersions = Schemas['EATemplateVersions']
export type EaVersion = Schemas['EAVersion']
export type EaVersionDetail = Schemas['EAVersionDetail']
export type Finding = Schemas['Finding']
export type ReleasedVersion = Schemas['ReleasedVersion']
export type Trial = Schemas['Trial']
export type TrialFigures = Schemas['TrialFigures']
export type VersionState = EaVersion['state']
