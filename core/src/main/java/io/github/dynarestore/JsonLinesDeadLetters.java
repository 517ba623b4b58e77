package io.github.dynarestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps dead letters in a file. */
public final class JsonLinesDeadLetters {

    private JsonLinesDeadLetters() {}

    /**
     * Returns a sink that writes one JSON object a line: {@code object}, {@code byteOffset}, {@code reason}, {@code
     * detail} and {@code raw}, the record's bytes in base64. The file is made at the first letter, and takes the place
     * of one that is there; without a letter nothing is touched. On POSIX only its owner can read it, for it holds
     * values of items. Closing makes it durable.
     *
     * @param file in an existing directory
     */
    public static DeadLetterSink to(Path file) {
        return new Sink(Objects.requireNonNull(file));
    }

    private static final class Sink implements DeadLetterSink {

        private static final JsonFactory JSON = new JsonFactory();

        private final Path file;
        private @Nullable FileChannel channel;
        private @Nullable OutputStream lines;

        Sink(Path file) {
            this.file = file;
        }

        @Override
        public void accept(DeadLetter letter) throws IOException {
            OutputStream out = lines;
            if (out == null) {
                FileChannel made = create();
                channel = made;
                out = new BufferedOutputStream(Channels.newOutputStream(made));
                lines = out;
            }
            out.write(line(letter));
        }

        private static byte[] line(DeadLetter letter) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeStringField("object", letter.object());
                json.writeNumberField("byteOffset", letter.byteOffset());
                json.writeStringField("reason", letter.reason());
                json.writeStringField("detail", letter.detail());
                json.writeBinaryField("raw", letter.raw());
                json.writeEndObject();
            }
            bytes.write('\n');
            return bytes.toByteArray();
        }

        private FileChannel create() throws IOException {
            // Deleted, not truncated: an old file keeps its permissions, and others may hold it open.
            Files.deleteIfExists(file);
            boolean isPosix = Files.getFileStore(
                            Objects.requireNonNull(file.toAbsolutePath().getParent()))
                    .supportsFileAttributeView("posix");
            FileAttribute<?>[] ownerOnly = isPosix
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                    }
                    : new FileAttribute<?>[0];
            return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly);
        }

        @Override
        public void close() throws IOException {
            FileChannel open = channel;
            OutputStream out = lines;
            channel = null;
            lines = null;
            if (open == null || out == null) {
                return;
            }
            try (open) {
                out.flush();
                open.force(true);
            }
        }
    }
}
