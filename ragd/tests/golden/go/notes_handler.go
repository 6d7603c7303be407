package api

import (
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// maxBody limits request bodies to 64 KiB.
const maxBody = 64 << 10

var errNotFound = errors.New("note not found")

// page is rendered for browsers; API clients get JSON instead.
var page = template.Must(template.New("note").Parse(`<!doctype html>
<title>{{.Title}}</title>
{{if .Done}}<p class="done">✓ done</p>{{end}}
<pre>{{.Body}}</pre>
`))

type (
	// Note is a single entry.
	Note struct {
		ID    int64  `json:"id"`
		Title string `json:"title"`
		Body  string `json:"body,omitempty"`
		Done  bool   `json:"done"`
	}

	// Store is what the handler needs from the database.
	Store interface {
		Get(id int64) (Note, error)
		Put(n Note) (int64, error)
		Delete(id int64) error
	}
)

// NotesHandler serves /notes/ and everything below it.
type NotesHandler struct {
	http.Handler // embedded: the mux that routes to the methods below

	store Store
	log   *slog.Logger
}

func NewNotesHandler(store Store, log *slog.Logger) *NotesHandler {
	mux := http.NewServeMux()
	h := &NotesHandler{Handler: mux, store: store, log: log}
	mux.HandleFunc("/notes/", h.serveNote)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	})
	return h
}

func wantsHTML(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func noteID(path string) (int64, error) {
	return strconv.ParseInt(strings.TrimPrefix(path, "/notes/"), 10, 64)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// serveNote dispatches on the method.
func (h *NotesHandler) serveNote(w http.ResponseWriter, r *http.Request) {
	id, err := noteID(r.URL.Path)
	if err != nil && r.Method != http.MethodPost {
		http.Error(w, "bad note id", http.StatusBadRequest)
		return
	}

	switch r.Method {
	case http.MethodGet, http.MethodHead:
		note, err := h.store.Get(id)
		if errors.Is(err, errNotFound) {
			http.NotFound(w, r)
			return
		} else if err != nil {
			h.fail(w, "get", err)
			return
		}
		if wantsHTML(r) {
			if err := page.Execute(w, note); err != nil {
				h.log.Warn("render", "error", err)
			}
			return
		}
		writeJSON(w, http.StatusOK, note)

	case http.MethodPost:
		var note Note
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&note); err != nil {
			writeJSON(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
			return
		}
		if note.ID, err = h.store.Put(note); err != nil {
			h.fail(w, "put", err)
			return
		}
		writeJSON(w, http.StatusCreated, note)

	case http.MethodDelete:
		if err := h.store.Delete(id); err != nil && !errors.Is(err, errNotFound) {
			h.fail(w, "delete", err)
			return
		}
		w.WriteHeader(http.StatusNoContent)

	default:
		w.Header().Set("Allow", "GET, HEAD, POST, DELETE")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

func (h *NotesHandler) fail(w http.ResponseWriter, op string, err error) {
	h.log.Error("store", "op", op, "error", err)
	http.Error(w, "internal error", http.StatusInternalServerError)
}
