// The console starts with its audio, not with its looks: after a reload in the middle of a call the session, the phone
// line and the microphone are on their way while the screen still loads.
import { Desk } from './desk';

const desk = new Desk();
void desk.begin();
void import('./draw').then(({ draw }) => draw(desk));
