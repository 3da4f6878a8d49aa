import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Costs = Schemas['Costs']
export type FailedStart = Schemas['FailedStart']
export type GroupForm = Schemas['GroupForm']
export type Host = Schemas['Host']
export type OperatorOverview = Schemas['OperatorOverview']
export type RuleForm = Schemas['RuleForm']
export type Scaling = Schemas['Scaling']
export type ScalingDecision = Schemas['ScalingDecision']
export type ScalingGroup = Schemas['ScalingGroup']
export type Waiting = Schemas['Waiting']
