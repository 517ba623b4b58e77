package io.github.dynarestore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class ItemImageTest {

    /** An image is a slice in the midst of a record or a request, and what stands behind it is not its own. */
    @ParameterizedTest
    @CsvSource({"0, 10", "1, 10", "60, 10", "1, 100", "60, 200", "60, 2000", "9000, 2000"})
    void attributes_sliceOfALongerArray_endsWhereTheSliceEnds(int offset, int attributes) {
        Map<String, AttributeValue> item = new TreeMap<>();
        for (int i = 0; i < attributes; i++) {
            item.put("attribute-with-a-long-name-" + i, AttributeValue.fromN(String.valueOf(i)));
        }
        String json = new String(ItemImage.of(item).toByteArray(), StandardCharsets.UTF_8);
        byte[] around = (" ".repeat(offset) + json + "}},{" + " ".repeat(9_000)).getBytes(StandardCharsets.UTF_8);

        assertThat(ItemImage.wrap(around, offset, json.length()).attributes()).isEqualTo(item);
    }

    @Test
    void attributes_moreThanTheItemInTheSlice_isRefused() {
        byte[] json = "{\"a\":{\"S\":\"x\"}}}".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> ItemImage.wrap(json, 0, json.length).attributes())
                .isInstanceOf(UncheckedIOException.class);
    }
}
