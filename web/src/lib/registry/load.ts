import type { RegisteredModel } from '$lib/api/types';

/** By which name a client asks for it: what is deployed, else an alias, else the newest number. */
export function addressOf({ name, prompt, aliases, latest_version }: RegisteredModel): string {
  const alias = aliases.find(({ governed }) => governed) ?? aliases[0];
  const which = alias ? `@${alias.alias}` : `/${latest_version ?? 1}`;
  return `${prompt ? 'prompts' : 'models'}:/${name}${which}`;
}

export function loadSnippet(model: RegisteredModel): string {
  const address = JSON.stringify(addressOf(model));
  return model.prompt
    ? `import mlflow\n\nprompt = mlflow.genai.load_prompt(${address})`
    : `import mlflow\n\nmodel = mlflow.pyfunc.load_model(${address})`;
}

export const registerModel = (name: string) => `import mlflow

# "model" is the path under which the run logged it
mlflow.register_model(f"runs:/{run_id}/model", ${JSON.stringify(name)})`;

export const registerPrompt = (name: string) => `import mlflow

mlflow.genai.register_prompt(${JSON.stringify(name)}, "Answer {{ question }} in one sentence.")`;

/** The text of a prompt's version is a tag that clients reserve. */
export const promptText = 'mlflow.prompt.text';
