declare global {
  namespace App {
    interface Error {
      message: string;
      /** The names of what was wrong in a question that the server did not understand. */
      fields?: string[];
    }
  }
}

export {};
