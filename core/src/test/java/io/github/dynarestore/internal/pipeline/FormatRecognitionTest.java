package io.github.dynarestore.internal.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.dynarestore.internal.source.DamagedObjectException;
import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class FormatRecognitionTest {

    private static final String DAMAGED = "damaged";
    private static final int MAX_RECORD_BYTES = 400_000;

    /** Objects whose records are lines, and which formats look at the first one of. */
    private final List<String> contents = new ArrayList<>();

    private final List<String> opened = new ArrayList<>();

    /** A format by what it says of samples. */
    private record Stub(String id, Function<BackupSample, Recognition> recognition) implements BackupFormat {
        @Override
        public Recognition recognise(BackupSample sample) {
            return recognition.apply(sample);
        }

        @Override
        public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
            throw new IOException("only recognised here");
        }
    }

    /** Knows a line by what it begins with, once it can see the end of the line. */
    private static BackupFormat lines(String id, String beginning, Recognition recognition) {
        return new Stub(id, sample -> {
            String text = new String(sample.bytes(), UTF_8);
            return text.startsWith(beginning) && text.contains("\n") ? recognition : Recognition.NO;
        });
    }

    private static final BackupFormat A = lines("format-a", "a", Recognition.CERTAIN);
    private static final BackupFormat B = lines("format-b", "b", Recognition.CERTAIN);
    private static final BackupFormat ANY = lines("format-any", "", Recognition.POSSIBLE);
    private static final BackupFormat OTHER = lines("format-other", "c", Recognition.POSSIBLE);

    private String recognise(BackupFormat... formats) {
        List<BackupObject> objects = new ArrayList<>();
        for (int i = 0; i < contents.size(); i++) {
            URI uri = URI.create("file:///b/" + i);
            objects.add(new BackupObject(uri, "", uri.getPath(), contents.get(i).length(), "", Instant.EPOCH, null));
        }
        return new FormatRecognition(URI.create("file:///b/"), this::open, List.of(formats), MAX_RECORD_BYTES)
                .recognise(objects)
                .id();
    }

    private InputStream open(BackupObject object) throws IOException {
        String path = object.uri().getPath();
        opened.add(path);
        String content = contents.get(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
        if (content.equals(DAMAGED)) {
            throw new DamagedObjectException(DamagedObjectException.CODEC_DATA, 0, "not whole");
        }
        return new ByteArrayInputStream(content.getBytes(UTF_8));
    }

    private RestoreException refusal(BackupFormat... formats) {
        RestoreException refusal = catchThrowableOfType(RestoreException.class, () -> recognise(formats));
        assertThat(refusal.code()).isEqualTo(RestoreErrorCode.FORMAT_UNKNOWN);
        return refusal;
    }

    private void put(int objects, String content) {
        for (int i = 0; i < objects; i++) {
            contents.add(content);
        }
    }

    @Test
    void recognise_firstRecordAsLongAsARecordMayBe_isRecognised() {
        put(1, "a" + "x".repeat(MAX_RECORD_BYTES - 1) + "\nanother\n");

        assertThat(recognise(A, B, ANY)).isEqualTo("format-a");
    }

    @Test
    void recognise_noSampleDecides_looksAtFourFurther() {
        put(30, "x".repeat(MAX_RECORD_BYTES));

        refusal(A, B);

        assertThat(opened).hasSize(20 + 4);
    }

    @Test
    void recognise_anyShortSampleDecides_looksAtNoneFurther() {
        put(3, "x".repeat(MAX_RECORD_BYTES));
        put(1, "a\n");

        assertThat(recognise(A, B)).isEqualTo("format-a");
        assertThat(opened).hasSize(4);
    }

    @Test
    void recognise_lastOfManyObjectsIsOfAnotherFormat_isRefusedShowingBoth() {
        put(9_999, "a first\n");
        put(1, "b second\n");

        RestoreException refusal = refusal(A, B, ANY);

        assertThat(refusal)
                .hasMessageContaining("several formats")
                .hasMessageContaining("/b/0 begins with 'a first.', which fits format-a")
                .hasMessageContaining("/b/9999 begins with 'b second.', which fits format-b");
        assertThat(refusal.hint()).contains("--format");
        assertThat(opened).hasSize(20);
    }

    @Test
    void recognise_twoFormatsAreSureOfOneObject_isRefusedNamingBoth() {
        put(2, "a\n");

        RestoreException refusal = refusal(A, lines("format-c", "a", Recognition.CERTAIN), ANY);

        assertThat(refusal).hasMessageContaining("begins with 'a.', which fits format-a or format-c");
        assertThat(refusal.hint()).endsWith("these may fit: [format-a, format-c]");
    }

    @Test
    void recognise_severalMayFit_isRefusedNamingThem() {
        put(2, "c\n");

        assertThat(refusal(A, ANY, OTHER).hint()).endsWith("these may fit: [format-any, format-other]");
    }

    @Test
    void recognise_oneMayFitAllObjects_isIt() {
        put(1, "c\n");
        put(1, "d\n");

        assertThat(recognise(A, ANY, OTHER)).isEqualTo("format-any");
    }

    @Test
    void recognise_noneFits_isRefusedNamingWhatThereIs() {
        put(2, "d\n");

        RestoreException refusal = refusal(A, B);

        assertThat(refusal).hasMessageContaining("/b/0 begins with 'd.', which fits no format");
        assertThat(refusal.hint()).endsWith("there are: [format-a, format-b]");
    }

    @Test
    void recognise_objectsThatFitDifferently_areShownOnceEach() {
        put(3, "c\n");
        put(3, "d\n");

        assertThat(refusal(A, B, OTHER))
                .hasMessageEndingWith(
                        "/b/0 begins with 'c.', which fits format-other; /b/3 begins with 'd.', which fits no format");
    }

    @Test
    void recognise_onlyOneObjectIsNeitherEmptyNorDamaged_isFound() {
        put(40, "");
        put(40, DAMAGED);
        contents.add(33, "a\n");

        assertThat(recognise(A, B)).isEqualTo("format-a");
    }

    @Test
    void recognise_allObjectsAreEmpty_isAnyFormat() {
        put(25, "");

        assertThat(recognise(A, B)).isEqualTo("format-a");
    }

    @Test
    void recognise_allObjectsAreDamaged_isRefused() {
        put(3, DAMAGED);

        assertThat(refusal(A, B)).hasMessageContaining("no object could be decompressed");
    }
}
