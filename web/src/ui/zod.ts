import { config, z } from "zod";

// zod otherwise compiles validators with `new Function`, which script-src 'self' forbids. Here and not at the start of
// the app, which needs no zod.
config({ jitless: true });

export { z };
