import { defineConfig, mergeConfig } from "vite";
import config from "../vite.config";
import { fakeHub } from "./fake-hub";

export default defineConfig(mergeConfig(config, { plugins: [fakeHub()] }));
