#!/usr/bin/env python3
"""meshgw as its users have it: installed files, their own build, one process.

Usage: embed_test.py BUILD_FOLDER [TEST...]

Installs BUILD_FOLDER into a folder of its own, and builds every program with
nothing but what is there, by pkg-config or find_package. Tests that this machine
lacks a tool for are skipped by name; with CI=true that fails.
"""
import hashlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = None
WORK = None
STAGE = None
DEADLINE = 120  # Seconds for any single program; valgrind and cmake included.
BORINGSSL = pathlib.Path("/usr/include/android/openssl/ssl.h")
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-function", "-Werror", "-g"]


def run(*command, status=0, **more):
    """Runs a program to its end; returns what it printed."""
    more.setdefault("timeout", DEADLINE)
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, **more)
    text = done.stdout or ""
    if (done.returncode == 0) != (status == 0):
        raise AssertionError(f"exit status {done.returncode}: {' '.join(map(str, command))}\n{text[-6000:]}")
    return text


def library_folder(stage):
    return next(stage.glob("**/meshgw.pc")).parent.parent


def environment(stage):
    """What a user sets for a library outside of /usr."""
    folder = library_folder(stage)
    return {**os.environ, "PKG_CONFIG_PATH": str(folder / "pkgconfig"), "LD_LIBRARY_PATH": str(folder)}


def pkg_config(*options, stage=None):
    return run("pkg-config", *options, "meshgw", env=environment(stage or STAGE)).split()


def install(prefix, *components):
    for component in components or (None,):
        run("cmake", "--install", BUILD, "--prefix", prefix, *(["--component", component] if component else []))


def c_program(name, *flags, compiler="cc", standard="-std=gnu99", stage=None, libs=None, source=None):
    """Compiles tests/embed/<name>.c with what pkg-config says; returns its path."""
    program = WORK / (name + "-" + hashlib.sha256(repr((flags, compiler, libs)).encode()).hexdigest()[:6])
    source = source or next(HERE.glob(f"{name}.c*"))
    run(compiler, standard, *WARNINGS, *pkg_config("--cflags", stage=stage), source, *flags,
        *(libs if libs is not None else pkg_config("--libs", stage=stage)), "-pthread", "-o", program)
    return program


def run_program(program, *arguments, stage=None, before=(), **more):
    env = environment(stage or STAGE)
    env.update(more.pop("env", {}))
    return run(*before, program, *arguments, env=env, **more)


def skip_unless(condition, what):
    if condition:
        return
    if os.environ.get("CI") == "true":
        raise AssertionError(f"{what} is missing, and with CI=true nothing may be skipped")
    raise unittest.SkipTest(f"{what} is missing")


class Hosts(unittest.TestCase):
    """Programs that link libmeshgw.so."""

    def check(self, name, **more):
        self.assertIn("ok", run_program(c_program(name, **more)))

    def test_c_program(self):
        self.check("c_program")

    def test_c_program_of_clang(self):
        skip_unless(shutil.which("clang"), "clang")
        self.check("c_program", compiler="clang")

    def test_two_gateways(self):
        self.check("two_gateways")

    def test_fork_after_load(self):
        self.check("fork_after_load")

    def test_blocked_signals(self):
        self.check("blocked_signals")

    def test_no_exceptions(self):
        program = c_program("no_exceptions", "-fno-exceptions", "-fno-rtti", compiler="c++", standard="-std=c++17")
        self.assertIn("ok", run_program(program))

    def test_dlopen(self):
        program = c_program("with_dlopen", libs=["-ldl"])
        self.assertNotIn("meshgw", run("readelf", "-d", program))
        self.assertIn("ok", run_program(program, library_folder(STAGE) / "libmeshgw.so"))

    def test_dlclose_while_a_look_up_hangs(self):
        # -rdynamic: the library takes the program's getaddrinfo.
        program = c_program("unloaded_while_looking_up", "-rdynamic", libs=["-ldl"])
        self.assertIn("ok", run_program(program, library_folder(STAGE) / "libmeshgw.so"))

    def test_valgrind_finds_nothing_in_the_c_program(self):
        skip_unless(shutil.which("valgrind"), "valgrind")
        run_program(c_program("c_program"), before=VALGRIND)

    def test_example(self):
        program = c_program("route_by_name", "-pedantic", source=ROOT / "examples/c/route_by_name.c", standard="-std=c99")
        hello = client_hello(b"web.default.dc2.internal.example.consul")
        env = environment(STAGE)
        done = subprocess.run([program], input=hello, stdout=subprocess.PIPE, env=env, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stdout), (0, b"ok: dc2\n"))
        done = subprocess.run([program], input=b"GET / HTTP/1.1\r\n\r\n", stdout=subprocess.PIPE, env=env, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stdout), (1, b"not_tls: nowhere\n"))


VALGRIND = ("valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite")


class Tls(unittest.TestCase):
    """A host whose other library uses TLS, in both link orders."""

    def other_library(self, name, flags, libs):
        folder = WORK / f"tls-{name}"
        folder.mkdir(exist_ok=True)
        run("cc", *WARNINGS, "-shared", "-fPIC", "-fvisibility=hidden", *flags, HERE / "tls_user.c", *libs, "-pthread",
            "-Wl,-soname,libtlsuser.so", "-o", folder / "libtlsuser.so")
        return folder

    def check(self, name, version, flags=(), libs=("-lssl", "-lcrypto"), program_flags=(), before=(), env=None):
        folder = self.other_library(name, flags, libs)
        other = [f"-L{folder}", "-ltlsuser"]
        for order in (pkg_config("--libs") + other, other + pkg_config("--libs")):
            program = c_program("with_tls", *program_flags, "-Wl,--no-as-needed", f"-Wl,-rpath,{folder}",
                                compiler="c++", standard="-std=c++17", libs=order)
            self.assertIn("ok", run_program(program, version, before=before, env=env or {}))

    def test_openssl(self):
        skip_unless(pathlib.Path("/usr/include/openssl/ssl.h").exists(), "libssl-dev")
        self.check("openssl", "OpenSSL 3")

    def test_openssl_under_valgrind(self):
        skip_unless(shutil.which("valgrind"), "valgrind")
        self.check("openssl", "OpenSSL 3", before=VALGRIND)

    def test_openssl_with_address_sanitizer(self):
        self.check("openssl-asan", "OpenSSL 3", flags=["-fsanitize=address"], program_flags=["-fsanitize=address"])

    def test_boringssl(self):
        skip_unless(BORINGSSL.exists(), "android-libboringssl-dev")
        triplet = run("cc", "-print-multiarch").strip()
        libraries = pathlib.Path("/usr/lib") / triplet / "android"
        self.check("boringssl", "BoringSSL", flags=["-I", BORINGSSL.parent.parent],
                   libs=[f"-L{libraries}", "-lssl", "-lcrypto", f"-Wl,-rpath,{libraries}"])


class Static(unittest.TestCase):
    """libmeshgw.a, where no libmeshgw.so is installed."""

    @classmethod
    def setUpClass(cls):
        if not (library_folder(STAGE) / "libmeshgw.a").exists():
            raise unittest.SkipTest("this build makes no libmeshgw.a: no static Abseil and RE2")
        cls.stage = WORK / "static"
        install(cls.stage, "development")
        (library_folder(cls.stage) / "libmeshgw.so").unlink()

    def libs(self):
        return pkg_config("--static", "--libs", stage=self.stage)

    def test_only_our_names_are_global(self):
        names = run("nm", "-g", "--defined-only", library_folder(self.stage) / "libmeshgw.a").split("\n")
        others = [line for line in names if len(line.split()) == 3 and not line.split()[2].startswith("meshgw_")]
        self.assertEqual(others, [])

    def test_c_program(self):
        program = c_program("c_program", stage=self.stage, libs=self.libs())
        self.assertNotIn("meshgw", run("readelf", "-d", program))
        self.assertIn("ok", run_program(program))

    def test_fully_static_c_program(self):
        # glibc warns that getaddrinfo needs shared libraries at run time.
        program = c_program("c_program", "-static", "-Wno-error", stage=self.stage, libs=self.libs())
        self.assertNotIn("NEEDED", run("readelf", "-d", program))
        self.assertIn("ok", run_program(program))

    def test_archive_beside_the_shared_library(self):
        told = (ROOT / "docs/embedding.md").read_text()
        self.assertTrue("-static program.c $(pkg-config --static --cflags --libs meshgw)" in told)
        program = c_program("c_program", "-static", "-Wno-error", libs=pkg_config("--static", "--libs"))
        self.assertNotIn("NEEDED", run("readelf", "-d", program))
        archive = ["-l:libmeshgw.a", "-lstdc++", "-lm", "-pthread"]
        self.assertTrue("$(pkg-config --cflags --libs-only-L meshgw) " + " ".join(archive) in told)
        program = c_program("c_program", libs=pkg_config("--libs-only-L") + archive)
        self.assertNotIn("meshgw", run("readelf", "-d", program))

    def test_inside_a_shared_library_of_the_host(self):
        if "absl" in run("readelf", "-d", library_folder(STAGE) / "libmeshgw.so"):
            self.skipTest("this build's Abseil is not position-independent")
        plugin = c_program("c_program", "-shared", "-fPIC", "-Wl,-z,text", "-Wl,--no-undefined", "-Wl,--exclude-libs,ALL",
                           "-fvisibility=hidden", stage=self.stage, libs=self.libs())
        shown = run("nm", "-D", "--defined-only", plugin)
        self.assertNotIn("meshgw_", shown)

    def test_host_with_abseil_and_re2_of_its_own(self):
        flags = run("pkg-config", "--cflags", "--libs", "absl_str_format", "re2").split()
        program = c_program("with_abseil", compiler="c++", standard="-std=c++20", stage=self.stage, libs=self.libs() + flags)
        self.assertIn("ok", run_program(program))

    def test_two_link_lines_in_one_cmake_project(self):
        build = WORK / "cmake_c_static"
        cmake(HERE / "cmake_c", build, "-DLIBRARY=meshgw::capi_static")
        self.assertIn("ok", run(build / "host"))


def cmake(source, build, *options, status=0, prefix=None):
    text = run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix or STAGE}",
               f"-DEMBED={HERE}", f"-DMESHGW_SOURCE={ROOT}", *options, status=status)
    return text if status else run("cmake", "--build", build)


class CMakePackage(unittest.TestCase):
    def test_c_project(self):
        build = WORK / "cmake_c_shared"
        cmake(HERE / "cmake_c", build, "-DLIBRARY=meshgw::capi")
        self.assertIn("ok", run(build / "host"))

    def test_cpp_project(self):
        build = WORK / "cmake_cpp_build"
        cmake(HERE / "cmake_cpp", build)
        hello = client_hello(b"web.default.dc2.internal.example.consul")
        done = subprocess.run([build / "route_by_name"], input=hello, stdout=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.stdout, b"203.0.113.5\n")
        self.assertIn("ok", run(build / "host"))

    def test_another_minor_version_is_refused(self):
        for version in ("0.2", "1.0", "0.0"):
            text = cmake(HERE / "cmake_c", WORK / f"cmake_{version}", f"-DVERSION={version}", status=1)
            self.assertIn("meshgw", text)

    def test_unknown_component_is_refused(self):
        text = cmake(HERE / "cmake_c", WORK / "cmake_component", "-DCOMPONENTS=quic", status=1)
        self.assertIn("there is no such component", text)

    def test_moved_prefix(self):
        moved = WORK / "moved"
        shutil.copytree(STAGE, moved, symlinks=True)
        cmake(HERE / "cmake_c", WORK / "cmake_moved", "-DLIBRARY=meshgw::capi", prefix=moved)
        self.assertIn(str(moved), run("readelf", "-d", WORK / "cmake_moved/host"))

    def test_add_subdirectory_has_the_same_names(self):
        text = run("cmake", "-S", HERE / "cmake_tree", "-B", WORK / "cmake_tree", "-G", "Ninja", f"-DMESHGW_SOURCE={ROOT}")
        self.assertIn("names: meshgw::meshgw meshgw::capi", text)


class PkgConfig(unittest.TestCase):
    def test_says_where_it_is(self):
        self.assertEqual(run("pkg-config", "--modversion", "meshgw", env=environment(STAGE)).strip(), version())
        prefix = run("pkg-config", "--variable=prefix", "meshgw", env=environment(STAGE)).strip()
        self.assertEqual(pathlib.Path(prefix).resolve(), STAGE.resolve())
        self.assertIn(f"-L{library_folder(STAGE)}", pkg_config("--libs"))
        self.assertNotIn("-lstdc++", pkg_config("--libs"))
        self.assertIn("-lstdc++", pkg_config("--static", "--libs"))

    def test_components(self):
        for component, expected, absent in (
                ("runtime", ["libmeshgw.so.0"], ["meshgw.h", "libmeshgw.so", "libmeshgw_cpp.a"]),
                ("development", ["meshgw.h", "libmeshgw.so", "meshgw.pc", "meshgw-config.cmake"], ["libmeshgw.so.0", "gateway.h"]),
                ("cpp", ["gateway.h", "libmeshgw_cpp.a", "meshgw-cpp.cmake"], ["meshgw.h", "libmeshgw.so"])):
            stage = WORK / f"component-{component}"
            install(stage, component)
            names = {path.name for path in stage.rglob("*")}
            self.assertEqual([name for name in expected if name not in names], [], component)
            self.assertEqual([name for name in absent if name in names], [], component)


def version():
    return re.search(r"project\(meshgw VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def client_hello(name):
    server_name = b"\0" + len(name).to_bytes(2, "big") + name
    extension = b"\0\0" + (len(server_name) + 2).to_bytes(2, "big") + len(server_name).to_bytes(2, "big") + server_name
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + len(extension).to_bytes(2, "big") + extension
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + len(message).to_bytes(2, "big") + message


class EchoServer:
    """Sends back what each connection brings, and keeps its hash."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.hashes = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

    def echo(self, connection):
        digest = hashlib.sha256()
        with connection:
            connection.settimeout(DEADLINE)
            while data := connection.recv(65536):
                digest.update(data)
                connection.sendall(data)
            self.hashes.append(digest.hexdigest())
            connection.shutdown(socket.SHUT_WR)


class EpollProxy(unittest.TestCase):
    """examples/c/epoll_proxy.c: hello, routes and splice in a loop of the host's."""

    def setUp(self):
        program = c_program("epoll_proxy", "-pedantic", source=ROOT / "examples/c/epoll_proxy.c")
        self.server = EchoServer()
        self.addCleanup(self.server.socket.close)
        self.proxy = subprocess.Popen([program, "db.example", str(self.server.port)], stdout=subprocess.PIPE, text=True,
                                      env=environment(STAGE))
        self.addCleanup(self.stop)
        self.port = int(self.proxy.stdout.readline())

    def stop(self):
        self.proxy.kill()
        self.proxy.wait()
        self.proxy.stdout.close()

    def send(self, data):
        """Sends all, then FIN; returns the hash of what came back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as client:
            def write():
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            writer = threading.Thread(target=write, daemon=True)
            writer.start()
            digest = hashlib.sha256()
            while part := client.recv(65536):
                digest.update(part)
            writer.join(DEADLINE)
            return digest.hexdigest()

    def test_bytes_arrive_whole(self):
        results = {}

        def one(index):
            data = client_hello(b"db.example") + hashlib.shake_128(bytes([index])).digest(3_000_000 + index)
            results[index] = (self.send(data), hashlib.sha256(data).hexdigest())
        threads = [threading.Thread(target=one, args=(index,)) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        self.assertEqual(len(results), 8)
        for came, sent in results.values():
            self.assertEqual(came, sent)
        self.assertEqual(sorted(self.server.hashes), sorted(sent for _, sent in results.values()))

    def test_a_hello_in_pieces_is_read(self):
        data = client_hello(b"db.example") + b"x" * 1000
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in data[:80]:
                client.sendall(bytes([byte]))
            client.sendall(data[80:])
            client.shutdown(socket.SHUT_WR)
            got = b"".join(iter(lambda: client.recv(65536), b""))
        self.assertEqual(got, data)

    def test_others_are_closed(self):
        for data in (client_hello(b"other.example"), b"GET / HTTP/1.1\r\nHost: db.example\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as client:
                client.sendall(data)
                try:
                    self.assertEqual(client.recv(1), b"")
                except ConnectionResetError:
                    pass
        self.assertEqual(self.server.hashes, [])
        self.assertIsNone(self.proxy.poll())


def main():
    global BUILD, WORK, STAGE
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    WORK = pathlib.Path(tempfile.mkdtemp(prefix="meshgw-embed-"))
    STAGE = WORK / "stage"
    try:
        install(STAGE)
        program = unittest.main(exit=False, verbosity=2)
        # Skips are told by name; ctest shows them with -V.
        sys.exit(0 if program.result.wasSuccessful() else 1)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
