package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** "Swept of our own left-overs at start": what a run that lives spills into is none. */
class SweptAliveTest {

    /** A process that sweeps, as each run does when it begins. */
    static final class Sweeper {
        private Sweeper() {}

        public static void main(String[] arguments) {
            new SpillDirectory(Path.of(arguments[0]), Clock.systemUTC()).sweep();
        }
    }

    private static void sweepInAnotherProcess(Path parent) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Sweeper.class.getName(),
                        parent.toString())
                .inheritIO()
                .start();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isZero();
    }

    private static long files(Path parent) throws Exception {
        try (var entries = Files.walk(parent)) {
            return entries.filter(Files::isRegularFile).count();
        }
    }

    private static void spillMeanwhile(Path parent, boolean isAnotherRunBegunHere) throws Exception {
        try (SpillDirectory alive = new SpillDirectory(parent, Clock.systemUTC())) {
            alive.open(1);
            alive.newFile().append(new long[] {1, 2, 3}, 3, SpillFile.newBuffer());
            if (isAnotherRunBegunHere) {
                new SpillDirectory(parent, Clock.systemUTC()).sweep();
            }

            sweepInAnotherProcess(parent);

            assertThat(files(parent)).as("files of a run that lives").isEqualTo(2);
            alive.newFile();
        }
    }

    /** The control: holds. */
    @Test
    void sweep_byAnotherProcess_leavesWhatIsInUse(@TempDir Path parent) throws Exception {
        spillMeanwhile(parent, false);
    }

    /** Another run of this process begins, and closes a channel of the lock's file: on POSIX the lock goes with it. */
    @Test
    void sweep_byAnotherProcessAfterARunOfThisOneBegan_leavesWhatIsInUse(@TempDir Path parent) throws Exception {
        spillMeanwhile(parent, true);
    }
}
