// One static page for every address: the server is only asked for data.
export const ssr = false;
export const prerender = false;
