package io.github.dynarestore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fixture's files in a directory of their own, wherever they lay, without the description of their table. */
final class FixtureFiles implements AutoCloseable {

    private static final String CLASSPATH = "classpath:";
    private static final String TABLE = "table.json";

    private final Path directory;
    private @Nullable String table;

    private FixtureFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Copies a fixture.
     *
     * @throws IllegalArgumentException if there is none
     */
    static FixtureFiles copy(String from) {
        try {
            FixtureFiles files = new FixtureFiles(Files.createTempDirectory("dynarestore-fixture-"));
            if (from.startsWith(CLASSPATH)) {
                files.copyResource(from.substring(CLASSPATH.length()));
            } else {
                files.copyTree(Path.of(URI.create(from)));
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException("the fixture " + from + " cannot be read", e);
        }
    }

    private void copyResource(String name) throws IOException {
        String path = name.startsWith("/") ? name.substring(1) : name;
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        URL resource = loader == null ? ClassLoader.getSystemResource(path) : loader.getResource(path);
        if (resource == null) {
            throw new IllegalArgumentException("there is no resource " + path + " on the class path");
        }
        try {
            URI uri = resource.toURI();
            if ("jar".equals(uri.getScheme())) {
                copyFromJar(uri, path);
            } else {
                copyTree(Path.of(uri));
            }
        } catch (URISyntaxException e) {
            throw new IOException(resource + " is not a URI", e);
        }
    }

    private void copyFromJar(URI uri, String path) throws IOException {
        try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
            copyTree(jar.getPath(path));
        } catch (FileSystemAlreadyExistsException e) {
            // Whoever opened it closes it.
            copyTree(FileSystems.getFileSystem(uri).getPath(path));
        }
    }

    private void copyTree(Path from) throws IOException {
        if (!Files.exists(from)) {
            throw new IllegalArgumentException("there is no " + from);
        }
        Path root = Files.isDirectory(from) ? from : from.toAbsolutePath().getParent();
        List<Path> files;
        try (Stream<Path> found = Files.walk(from)) {
            files = found.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            if (file.getFileName().toString().equals(TABLE)) {
                table = Files.readString(file);
                continue;
            }
            Path relative = root == null
                    ? file.getFileName()
                    : root.relativize(file.toAbsolutePath().startsWith(root) ? file.toAbsolutePath() : file);
            Path copy = directory.resolve(relative.toString());
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
        }
    }

    /** Where the files lie. */
    Path directory() {
        return directory;
    }

    /** The table's description that lay beside them; null if there was none. */
    @Nullable
    String table() {
        return table;
    }

    @Override
    public void close() {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the copy of a fixture cannot be deleted", e);
        }
    }
}
