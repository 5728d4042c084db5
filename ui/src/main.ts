// Starts the UI: looks first, then the one component. The fonts come with the app.
import "@fontsource-variable/source-sans-3";
import "@fontsource-variable/source-sans-3/wght-italic.css";
import "@fontsource-variable/jetbrains-mono";
import "./design/tokens.css";
import "./design/base.css";
import { mount } from "svelte";
import { appearance } from "./design/appearance.svelte";
import App from "./frame/App.svelte";

appearance.start();
mount(App, { target: document.querySelector("#app")! });
