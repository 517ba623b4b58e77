package io.github.dynarestore.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * A fixture's files in a temporary directory of their own. They are copied because a restore reads directories, not
 * jars, and would take {@value #TABLE_FILE} for data.
 */
final class FixtureFiles implements AutoCloseable {

    /** What {@code aws dynamodb describe-table} prints, beside the data. */
    static final String TABLE_FILE = "table.json";

    private static final int MAX_TABLE_FILE_BYTES = 1 << 20;

    private final Path root;
    private final Path data;
    private long dataBytes;

    private FixtureFiles(Path root) throws IOException {
        this.root = root;
        this.data = Files.createDirectory(root.resolve("data"));
    }

    /**
     * Copies the files of a location.
     *
     * @param from as in {@link TableFixture#from()}
     * @param loader finds what is on the class path
     * @throws FixtureException if nothing lies there, or in two places of the class path
     */
    static FixtureFiles copy(String from, ClassLoader loader) throws IOException {
        // Of a process that was killed it stays behind; then one sees whose it was.
        Path root = Files.createTempDirectory(
                "dynarestore-fixture-" + ProcessHandle.current().pid() + "-");
        boolean copied = false;
        FixtureFiles files = new FixtureFiles(root);
        try {
            if (from.startsWith(TableFixture.CLASSPATH)) {
                files.addResource(from.substring(TableFixture.CLASSPATH.length()), loader);
            } else {
                files.addTree(path(from), from);
            }
            copied = true;
        } finally {
            if (!copied) {
                files.close();
            }
        }
        return files;
    }

    /** Location of the data, for a plan. */
    String location() {
        return data.toUri().toString();
    }

    /** Whether no file holds a byte, so that there is nothing to restore. */
    boolean isEmpty() {
        return dataBytes == 0;
    }

    /** The description of the table that lies beside the data; null if there is none. */
    byte @Nullable [] table() throws IOException {
        Path file = root.resolve(TABLE_FILE);
        if (!Files.exists(file)) {
            return null;
        }
        if (Files.size(file) > MAX_TABLE_FILE_BYTES) {
            throw new FixtureException(TABLE_FILE + " has more than " + MAX_TABLE_FILE_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }

    private static Path path(String from) {
        try {
            return Path.of(URI.create(from));
        } catch (IllegalArgumentException e) {
            throw new FixtureException("not the URI of a file: " + from, e);
        }
    }

    private void addTree(Path from, String name) throws IOException {
        if (!Files.exists(from)) {
            throw new FixtureException("nothing lies at " + name + ", which is " + from.toAbsolutePath());
        }
        if (!Files.isDirectory(from)) {
            addFile(from, from.getFileName().toString());
            Path table = from.resolveSibling(TABLE_FILE);
            if (Files.exists(table)) {
                addFile(table, TABLE_FILE);
            }
            return;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    addFile(file, from.relativize(file).toString());
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void addResource(String resource, ClassLoader loader) throws IOException {
        String name = resource.replaceAll("^/+|/+$", "");
        Set<URL> found = new LinkedHashSet<>(Collections.list(loader.getResources(name)));
        if (found.isEmpty()) {
            throw new FixtureException("nothing lies at classpath:" + resource
                    + "; is it in src/test/resources, or in a jar that has entries for directories?");
        }
        if (found.size() > 1) {
            throw new FixtureException("classpath:" + resource + " lies in several places: " + found
                    + "; give the one that is meant another name");
        }
        URL url = found.iterator().next();
        if ("file".equals(url.getProtocol())) {
            try {
                addTree(Path.of(url.toURI()), "classpath:" + resource);
            } catch (URISyntaxException e) {
                throw new FixtureException("cannot read " + url, e);
            }
        } else if (url.openConnection() instanceof JarURLConnection connection) {
            // The cached jar is shared with the class loader, and would be closed under its feet.
            connection.setUseCaches(false);
            try (JarFile jar = connection.getJarFile()) {
                addEntries(jar, name);
            }
        } else {
            throw new FixtureException("cannot list " + url + "; use a directory or a jar");
        }
    }

    private void addEntries(JarFile jar, String name) throws IOException {
        JarEntry single = jar.getJarEntry(name);
        boolean isFile = single != null && !single.getName().endsWith("/");
        String prefix = isFile ? name.substring(0, name.lastIndexOf('/') + 1) : name + "/";
        Enumeration<JarEntry> entries = jar.entries();
        while (entries.hasMoreElements()) {
            JarEntry entry = entries.nextElement();
            String path = entry.getName();
            boolean isWanted = isFile ? path.equals(name) || path.equals(prefix + TABLE_FILE) : path.startsWith(prefix);
            if (isWanted && !path.endsWith("/")) {
                try (InputStream in = jar.getInputStream(entry)) {
                    add(in, path.substring(prefix.length()));
                }
            }
        }
    }

    private void addFile(Path file, String relative) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            add(in, relative);
        }
    }

    private void add(InputStream in, String relative) throws IOException {
        if (relative.equals(TABLE_FILE)) {
            Files.copy(in, root.resolve(TABLE_FILE));
            return;
        }
        Path target = data.resolve(relative).normalize();
        if (!target.startsWith(data)) {
            throw new FixtureException("a file's name leads out of the fixture: " + relative);
        }
        Files.createDirectories(target.getParent());
        dataBytes += Files.copy(in, target);
    }

    /** Deletes the copies. */
    @Override
    public void close() throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
