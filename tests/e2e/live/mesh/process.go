package mesh

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Lines of each log that a failed test prints.
const shownLines = 60

// A Process is one that a test started. It dies with the test program.
type Process struct {
	Name  string
	log   string
	begin int64
	child *exec.Cmd
	ended chan struct{}
}

// Children die with the thread that started them, so that thread must not end.
var starts = make(chan func())

func init() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
}

// startProcess runs the command where the address is, with its output in a file
// of the folder, which is appended to when a process of that name ran before.
func startProcess(t testing.TB, folder, address, name string, command ...string) *Process {
	t.Helper()
	path := filepath.Join(folder, name+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	fmt.Fprintf(log, "# %s\n", strings.Join(command, " "))
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	process := &Process{Name: name, log: path, begin: begin, child: exec.Command(command[0], command[1:]...), ended: make(chan struct{})}
	process.child.Stdout, process.child.Stderr = log, log
	// Where a program leaves its temporary files; nothing of the tester's own
	// environment reaches it.
	process.child.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder}
	process.child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	failed := make(chan error)
	starts <- func() { failed <- at(address, process.child.Start) }
	if err := <-failed; err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	go func() {
		process.child.Wait()
		close(process.ended)
	}()
	return process
}

// An endedError says that there is nothing to wait for any more.
type endedError struct{ name, state string }

func (e *endedError) Error() string { return e.name + " ended: " + e.state }

// Running is nil, or an error that says how the process ended.
func (p *Process) Running() error {
	select {
	case <-p.ended:
		return &endedError{p.Name, p.child.ProcessState.String()}
	default:
		return nil
	}
}

// Kill ends the process at once.
func (p *Process) Kill() {
	p.child.Process.Kill()
	<-p.ended
}

// Signal sends SIGTERM ("TERM") or SIGHUP ("HUP") and does not wait.
func (p *Process) Signal(t testing.TB, name string) {
	t.Helper()
	signal, known := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[name]
	if !known {
		t.Fatalf("no signal %s", name)
	}
	if err := p.child.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Terminate asks the process to end, and kills one that does not.
func (p *Process) Terminate() {
	p.child.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(Deadline):
		p.Kill()
	}
}

// Log returns what the process has written so far, without what an earlier one
// of its name wrote.
func (p *Process) Log() string { return p.wholeLog()[p.begin:] }

func (p *Process) wholeLog() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (p *Process) printLog(t testing.TB) {
	lines := bytes.Split(bytes.TrimSpace([]byte(p.wholeLog())), []byte("\n"))
	left := max(0, len(lines)-shownLines)
	t.Logf("---- log of %s, without its first %d lines\n%s", p.Name, left, bytes.Join(lines[left:], []byte("\n")))
}
