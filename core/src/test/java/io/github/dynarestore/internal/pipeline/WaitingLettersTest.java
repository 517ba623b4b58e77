package io.github.dynarestore.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.model.DeadLetter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaitingLettersTest {

    private static DeadLetter letter(int number, int rawBytes) {
        byte[] raw = new byte[rawBytes];
        Arrays.fill(raw, (byte) number);
        return new DeadLetter("s3://b/\u00e4" + number, 7L * number, "json.truncated", "at \u2028 " + number, raw);
    }

    private static void assertSame(DeadLetter found, DeadLetter expected) {
        assertThat(found.toString()).isEqualTo(expected.toString());
        assertThat(found.raw()).isEqualTo(expected.raw());
    }

    private static long filesBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private static Path newDirectory() throws IOException {
        return Files.createTempDirectory("waiting-letters");
    }

    /** Positive numbers offer a letter of so many bytes, 0 takes one. */
    @Property(tries = 300)
    void poll_afterAnyOffers_givesThemBackInTheirOrderAndKeepsToItsRoom(
            @ForAll @Size(max = 300) List<@IntRange(max = 900) Integer> steps) throws IOException {
        Path directory = newDirectory();
        Deque<DeadLetter> expected = new ArrayDeque<>();
        try (WaitingLetters waiting = new WaitingLetters(
                new WaitingLetters.Room(3_000, 20_000), new SpillDirectory(directory, Clock.systemUTC()))) {
            int number = 0;
            for (int step : steps) {
                DeadLetter letter = letter(number++, Math.max(0, step - 300));
                if (step < 300) {
                    DeadLetter first = expected.poll();
                    DeadLetter found = waiting.poll();
                    if (first == null || found == null) {
                        assertThat(found).isEqualTo(first);
                    } else {
                        assertSame(found, first);
                    }
                } else if (waiting.offer(letter)) {
                    expected.add(letter);
                } else {
                    // Only for want of room: a file that is read from its begin is full sooner than by what waits.
                    assertThat(expected.size()).isGreaterThanOrEqualTo(4);
                }
                assertThat(waiting.isEmpty()).isEqualTo(expected.isEmpty());
            }
            while (!expected.isEmpty()) {
                assertSame(waiting.poll(), expected.poll());
            }
            assertThat(waiting.poll()).isNull();
            assertThat(waiting.offer(letter(0, 0))).isTrue();
        }
        assertThat(filesBelow(directory)).isZero();
        Files.delete(directory);
    }

    @Test
    void offer_moreThanItsRoom_isTakenUpToItAndAgainWhenAllWasTaken(@TempDir Path directory) throws IOException {
        try (WaitingLetters waiting = new WaitingLetters(
                new WaitingLetters.Room(1_000, 5_000), new SpillDirectory(directory, Clock.systemUTC()))) {
            int taken = 0;
            while (waiting.offer(letter(taken, 700))) {
                taken++;
            }
            // One in memory, and a file of letters of about 760 bytes.
            assertThat(taken).isEqualTo(1 + 6);
            assertThat(filesBelow(directory)).isEqualTo(2);
            for (int i = 0; i < taken; i++) {
                assertSame(waiting.poll(), letter(i, 700));
            }
            assertThat(waiting.isEmpty()).isTrue();
            assertThat(waiting.offer(letter(1, 700))).isTrue();
        }
        assertThat(filesBelow(directory)).isZero();
    }

    @Test
    void offer_noDirectoryToSpillTo_keepsToMemory(@TempDir Path directory) throws IOException {
        Path gone = directory.resolve("gone");
        try (WaitingLetters waiting = new WaitingLetters(
                new WaitingLetters.Room(1_000, 5_000), new SpillDirectory(gone, Clock.systemUTC()))) {
            assertThat(waiting.offer(letter(1, 700))).isTrue();
            assertThat(waiting.offer(letter(2, 700))).isFalse();
            assertSame(waiting.poll(), letter(1, 700));
            assertThat(waiting.offer(letter(2, 700))).isTrue();
        }
    }
}
