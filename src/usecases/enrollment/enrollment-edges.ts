// The earlier name of a participant, for the areas that still use it.
import type { Participant } from '../../store/enrollment/enrollments.ts';

export type JoinedMember = Participant;
