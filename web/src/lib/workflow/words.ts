import type { CustomField } from '$lib/api/types';

export const holdsNames: Record<CustomField['holds'], string> = {
  text: 'A text',
  number: 'A number',
  day: 'A day',
  choice: 'A choice',
  yes_no: 'Yes or no',
};
