package io.github.dynarestore.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.testing.BackupFormatContract;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How to hold a format of one's own to the contract: a small sample is enough. */
class ItemPerObjectFormatTest extends BackupFormatContract {

    @Override
    protected BackupFormat format() {
        return new ItemPerObjectFormat();
    }

    @Override
    protected Layout layout() {
        return Layout.ONE_PER_OBJECT;
    }

    @Override
    protected List<SampleRecord> sample() {
        return List.of(
                item("{\"id\":{\"S\":\"a\"}}"),
                item(
                        "{ \"id\" : {\"S\":\"\u00e9\"}, \"tags\":{\"SS\":[\"x\",\"y\"]},\n"
                                + "  \"more\":{\"M\":{\"n\":{\"N\":\"-1.50\"},\"l\":{\"L\":[{\"NULL\":true},{\"BOOL\":false}]}}} }"));
    }

    private static SampleRecord item(String json) {
        return new SampleRecord(
                json, new ExpectedRecord(BackupRecord.Kind.PUT, null, json, ChangeOrder.snapshot(), null));
    }

    @Override
    protected List<String> delimiters() {
        return List.of("", "\n", "\r\n", " \n\n");
    }

    @Override
    protected List<byte[]> aliens() {
        return List.of(
                "{\"Keys\":{\"id\":{\"S\":\"a\"}},\"SequenceNumber\":\"1\",\"eventName\":\"REMOVE\"}".getBytes(UTF_8),
                "[object Object]".getBytes(UTF_8),
                "id,name\n1,x\n".getBytes(UTF_8),
                new byte[] {0x1f, (byte) 0x8b, 8});
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":{\"S\":\"a\"}}{\"id\":{\"S\":\"b\"}}",
                "{\"id\":{\"S\":\"a\"}}\n{",
                "{\"id\":{\"S\":1}}",
                "{"
            })
    void recognise_anythingButOneItem_isRefused(String object) {
        assertThat(format().recognise(new BackupSample("key", object.getBytes(UTF_8), true)))
                .isEqualTo(Recognition.NO);
    }

    @Test
    void recognise_itemLongerThanTheSample_isPossible() {
        byte[] beginning = ("{\"id\":{\"S\":\"a\"},\"text\":{\"S\":\"" + "x".repeat(65_000)).getBytes(UTF_8);

        assertThat(format().recognise(new BackupSample("key", beginning, false)))
                .isEqualTo(Recognition.POSSIBLE);
    }
}
