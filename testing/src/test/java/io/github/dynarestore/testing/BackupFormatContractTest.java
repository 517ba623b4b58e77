package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Each format here breaks the contract in one way, and the contract must say so. */
class BackupFormatContractTest {

    @Test
    void contract_soundFormat_holds() {
        Events tests = tests(BracedFormatTest.class);

        assertThat(tests.succeeded().count()).isGreaterThan(80);
        assertThat(tests.failed().count()).isZero();
    }

    @Test
    void contract_oneRecordPerObject_holds() {
        assertThat(tests(OnePerObject.class).failed().count()).isZero();
    }

    @Test
    void contract_truncatedRecordSwallowed_fails() {
        assertFails(SwallowsCutRecords.class, "next_cutAtAnyByte");
    }

    @Test
    void contract_truncatedRecordMadeUp_fails() {
        assertFails(MakesUpCutRecords.class, "next_cutAtAnyByte");
    }

    @Test
    void contract_endlessReader_fails() {
        assertFails(NeverEnds.class, "next_cutAtAnyByte");
    }

    @Test
    void contract_wrongPositions_fails() {
        assertFails(CountsFromOne.class, "next_anyDelimiter");
    }

    @Test
    void contract_endsAtShortRead_fails() {
        assertFails(TakesShortReadForEnd.class, "next_anyDelimiter");
    }

    @Test
    void contract_closesTheInput_fails() {
        assertFails(ClosesTheInput.class, "close_reader");
    }

    @Test
    void contract_recognisesEverything_fails() {
        assertFails(RecognisesEverything.class, "recognise_alienSample");
    }

    @Test
    void contract_badId_fails() {
        assertFails(ShoutsItsId.class, "id_format");
    }

    private static void assertFails(Class<?> contract, String test) {
        assertThat(tests(contract).failed().stream()
                        .map(event -> event.getTestDescriptor().getUniqueId().toString()))
                .anyMatch(id -> id.contains(test));
    }

    private static Events tests(Class<?> contract) {
        EngineExecutionResults results = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(contract))
                .execute();
        return results.testEvents();
    }

    static final class OnePerObject extends BracedFormatTest {
        @Override
        protected Layout layout() {
            return Layout.ONE_PER_OBJECT;
        }
    }

    abstract static class Broken extends BracedFormatTest {
        @Override
        protected BackupFormat format() {
            return new BracedFormat() {
                @Override
                public RecordReader open(InputStream decompressed, ReaderContext context) {
                    return reader(decompressed, context);
                }
            };
        }

        abstract RecordReader reader(InputStream in, ReaderContext context);
    }

    static final class SwallowsCutRecords extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                boolean atCut(long from) {
                    return false;
                }
            };
        }
    }

    static final class MakesUpCutRecords extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                boolean atCut(long from) {
                    return true;
                }
            };
        }
    }

    static final class NeverEnds extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                public boolean next(BackupRecord record) throws IOException {
                    boolean more = super.next(record);
                    return more || super.atCut(at);
                }
            };
        }
    }

    static final class CountsFromOne extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                void fill(BackupRecord record, String text, long from) throws IOException {
                    super.fill(record, text, from);
                    record.position(record.byteOffset() + 1, record.byteLength());
                }
            };
        }
    }

    static final class TakesShortReadForEnd extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                public boolean next(BackupRecord record) throws IOException {
                    return (at == 0 || in.available() > 0) && super.next(record);
                }
            };
        }
    }

    static final class ClosesTheInput extends Broken {
        @Override
        RecordReader reader(InputStream in, ReaderContext context) {
            return new BracedFormat.Reader(in, context) {
                @Override
                public void close() throws IOException {
                    in.close();
                }
            };
        }
    }

    static final class RecognisesEverything extends BracedFormatTest {
        @Override
        protected BackupFormat format() {
            return new BracedFormat() {
                @Override
                public Recognition recognise(BackupSample sample) {
                    return Recognition.CERTAIN;
                }
            };
        }
    }

    static final class ShoutsItsId extends BracedFormatTest {
        @Override
        protected BackupFormat format() {
            return new BracedFormat() {
                @Override
                public String id() {
                    return "BRACED";
                }
            };
        }

        @Override
        protected List<String> delimiters() {
            return List.of("\n");
        }
    }
}
