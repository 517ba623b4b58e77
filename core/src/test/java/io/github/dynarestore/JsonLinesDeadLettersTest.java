package io.github.dynarestore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesDeadLettersTest {

    @TempDir
    Path directory;

    private static DeadLetter letter(long offset, String detail) {
        return new DeadLetter("s3://b/o", offset, "json.truncated", detail, "{\"a\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void accept_letters_writesOneObjectEachLine() throws IOException {
        Path file = directory.resolve("dead.jsonl");

        try (DeadLetterSink sink = JsonLinesDeadLetters.to(file)) {
            sink.accept(letter(0, "cut \"off\"\nhere ü"));
            sink.accept(letter(5_000_000_000L, "again"));
        }

        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "{\"object\":\"s3://b/o\",\"byteOffset\":0,\"reason\":\"json.truncated\","
                                + "\"detail\":\"cut \\\"off\\\"\\nhere ü\",\"raw\":\"eyJhCg==\"}",
                        "{\"object\":\"s3://b/o\",\"byteOffset\":5000000000,\"reason\":\"json.truncated\","
                                + "\"detail\":\"again\",\"raw\":\"eyJhCg==\"}");
    }

    @Test
    void close_withoutLetters_leavesAnOldFile() throws IOException {
        Path file = Files.writeString(directory.resolve("dead.jsonl"), "old");

        JsonLinesDeadLetters.to(file).close();

        assertThat(file).hasContent("old");
    }

    @Test
    void accept_fileExists_setsItAsideAndMakesOneReadableByOwnerOnly() throws IOException {
        assumeThat(Files.getFileStore(directory).supportsFileAttributeView("posix"))
                .isTrue();
        Path file = Files.writeString(directory.resolve("dead.jsonl"), "old\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        try (DeadLetterSink sink = JsonLinesDeadLetters.to(file)) {
            sink.accept(letter(7, "new"));
        }

        assertThat(Files.readString(file)).contains("\"byteOffset\":7").doesNotContain("old");
        assertThat(directory.resolve("dead.jsonl.1")).hasContent("old\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void accept_manyRuns_loseNoneOfTheEarlierFiles() throws IOException {
        Path file = directory.resolve("dead.jsonl");
        for (int run = 0; run < 4; run++) {
            try (DeadLetterSink sink = JsonLinesDeadLetters.to(file)) {
                sink.accept(letter(run, "run"));
            }
        }

        assertThat(file).content().contains("\"byteOffset\":3");
        for (int aside = 1; aside <= 3; aside++) {
            assertThat(directory.resolve("dead.jsonl." + aside)).content().contains("\"byteOffset\":" + (aside - 1));
        }
    }

    @Test
    void accept_directoryThere_isLeftAlone() throws IOException {
        Path file = Files.createDirectory(directory.resolve("dead.jsonl"));

        DeadLetterSink sink = JsonLinesDeadLetters.to(file);

        assertThatThrownBy(() -> sink.accept(letter(0, "x"))).isInstanceOf(IOException.class);
        assertThat(file).isDirectory();
    }

    @Test
    void accept_noSuchDirectory_throws() throws IOException {
        try (DeadLetterSink sink = JsonLinesDeadLetters.to(directory.resolve("none/dead.jsonl"))) {
            assertThatThrownBy(() -> sink.accept(letter(0, "x"))).isInstanceOf(NoSuchFileException.class);
        }
    }
}
