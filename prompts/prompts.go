// Package prompts turns what a flow says into sound: shipped WAV files, and text through espeak-ng where it is
// installed. Text is spoken once and kept by a hash of voice and words; sounds are shared by everybody who hears them.
//
//	text ─▶ a shipped WAV of those words? ─▶ pieces of them? ─▶ cache ─▶ espeak-ng ─▶ cache
package prompts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/callfloor/callfloor/media"
	"github.com/callfloor/callfloor/media/audio"
)

// Config says how text is spoken.
type Config struct {
	Engine string        `yaml:"engine"` // the program; "" is never
	Voice  string        `yaml:"voice"`  // of espeak-ng
	Speed  int           `yaml:"speed"`  // words a minute
	Within time.Duration `yaml:"within"` // how long the engine may take
	Dir    string        `yaml:"-"`      // cache
}

// DefaultConfig is what a configuration that says nothing means.
func DefaultConfig() Config {
	return Config{Engine: "espeak-ng", Voice: "en-gb", Speed: 150, Within: 10 * time.Second}
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Speed < 80 || c.Speed > 450 {
		return fmt.Errorf("speed %d: 80 to 450 words a minute", c.Speed)
	}
	if c.Within <= 0 {
		return errors.New("within: more than 0s")
	}
	return nil
}

// ErrUnspeakable is returned for a text when there is neither a sound of it nor an engine to speak it.
var ErrUnspeakable = errors.New("nobody can speak this: no sound file has these words, and the speech engine is not installed")

// Speaker makes sounds.
type Speaker struct {
	config  Config
	files   fs.FS
	texts   map[string]string // words to file
	longest int               // words in one of them
	engine  string            // path of the program, "" when there is none
	log     *slog.Logger
	slots   chan struct{} // engines at once
	mu      sync.Mutex
	sounds  map[string]*pending
	spoken  []string // the keys of spoken texts, oldest first
}

// pending is a sound that is made, or was.
type pending struct {
	done  chan struct{}
	sound *media.Sound
	err   error
}

// kept is how many spoken texts stay in memory: there is no end of texts with a caller's digits in them.
const kept = 500

// Open returns a speaker whose sound files are in files. manifest.yaml among them says which words a file has.
func Open(c Config, files fs.FS, log *slog.Logger) (*Speaker, error) {
	s := &Speaker{config: c, files: files, texts: map[string]string{}, log: log, sounds: map[string]*pending{}, slots: make(chan struct{}, 2)}
	texts, doc := Manifest(files)
	if len(doc.Mistakes) > 0 {
		return nil, fmt.Errorf("prompts: %s", doc.Mistakes[0])
	}
	for text, file := range texts {
		s.texts[plain(text)] = file
		s.longest = max(s.longest, len(strings.Fields(text)))
	}
	if c.Engine != "" {
		var err error
		if s.engine, err = exec.LookPath(c.Engine); err != nil {
			log.Info("no speech engine: only shipped sounds are spoken", "engine", c.Engine)
			s.engine = ""
		}
	}
	if c.Dir != "" {
		if err := os.MkdirAll(c.Dir, 0o750); err != nil {
			return nil, fmt.Errorf("prompts: %w", err)
		}
	}
	return s, nil
}

// plain is a text as the manifest knows it: spaces, case and the marks at its ends do not matter.
func plain(text string) string {
	return strings.ToLower(strings.Trim(strings.Join(strings.Fields(text), " "), " .,!?"))
}

// Sounds are the sounds of a file, or of a text.
func (s *Speaker) Sounds(ctx context.Context, text, file string) ([]*media.Sound, error) {
	if file != "" {
		one, err := s.File(ctx, file)
		if err != nil {
			return nil, err
		}
		return []*media.Sound{one}, nil
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if files, ok := s.pieces(plain(text)); ok {
		var all []*media.Sound
		for _, f := range files {
			one, err := s.File(ctx, f)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	}
	one, err := s.once(ctx, "text "+text, func() (*media.Sound, error) { return s.speak(text) })
	if err != nil {
		return nil, err
	}
	return []*media.Sound{one}, nil
}

// pieces puts a text together from shipped files: whole, or phrase by phrase ("you are number" + "3").
func (s *Speaker) pieces(text string) ([]string, bool) {
	words := strings.Fields(text)
	var files []string
	for len(words) > 0 {
		n := min(len(words), s.longest)
		for ; n > 0; n-- {
			if f, ok := s.texts[plain(strings.Join(words[:n], " "))]; ok {
				files = append(files, f)
				break
			}
		}
		if n == 0 {
			return nil, false
		}
		words = words[n:]
	}
	return files, len(files) > 0
}

// File is the sound of one file.
func (s *Speaker) File(ctx context.Context, name string) (*media.Sound, error) {
	return s.once(ctx, "file "+name, func() (*media.Sound, error) {
		b, err := fs.ReadFile(s.files, name)
		if err != nil {
			return nil, fmt.Errorf("sound %s: %w", name, err)
		}
		return decode(name, b)
	})
}

func decode(name string, b []byte) (*media.Sound, error) {
	pcm, rate, err := audio.ReadWAV(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("sound %s: %w", name, err)
	}
	return media.NewSound(audio.Resample(pcm, rate, audio.Rate)), nil
}

// Check tells whether a prompt could be said, without saying it.
func (s *Speaker) Check(text, file string) error {
	if file != "" {
		_, err := s.File(context.Background(), file)
		return err
	}
	if _, ok := s.pieces(plain(text)); ok || s.engine != "" || strings.Contains(text, "{{") {
		return nil
	}
	return fmt.Errorf("%w: %q", ErrUnspeakable, text)
}

// once makes a sound the first time it is asked for; everybody else waits for it. A failure is tried again.
func (s *Speaker) once(ctx context.Context, key string, makeIt func() (*media.Sound, error)) (*media.Sound, error) {
	s.mu.Lock()
	p, ok := s.sounds[key]
	if !ok {
		p = &pending{done: make(chan struct{})}
		s.sounds[key] = p
		s.forget(key)
		go func() {
			p.sound, p.err = makeIt()
			if p.err != nil {
				s.mu.Lock()
				if s.sounds[key] == p {
					delete(s.sounds, key)
				}
				s.mu.Unlock()
			}
			close(p.done)
		}()
	}
	s.mu.Unlock()
	select {
	case <-p.done:
		return p.sound, p.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// forget lets the oldest spoken texts go; whoever plays one has it still, and the directory, too.
func (s *Speaker) forget(newest string) {
	if !strings.HasPrefix(newest, "text ") {
		return
	}
	s.spoken = append(s.spoken, newest)
	for len(s.spoken) > kept {
		delete(s.sounds, s.spoken[0])
		s.spoken = s.spoken[1:]
	}
}
