import { mount } from 'svelte'
import './styles/tokens.css'
import './styles/base.css'
import { live } from './api/live.svelte.ts'
import App from './app.svelte'
import { language } from './messages/catalogue.ts'

document.documentElement.lang = language
live.listen()
mount(App, { target: document.getElementById('portal')! })
