/** What people do for a living, as the server names it. */
export const trades = [
  'ai_engineer',
  'ml_engineer',
  'prompt_engineer',
  'data_engineer',
  'data_scientist',
  'platform_engineer',
  'software_developer',
  'backend_developer',
  'product_manager',
  'business_analyst',
  'ux_designer',
  'security_engineer',
  'legal',
] as const;
