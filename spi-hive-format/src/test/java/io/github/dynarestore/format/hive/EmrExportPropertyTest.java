package io.github.dynarestore.format.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.EmrExportWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class EmrExportPropertyTest {

    private static final int MAX_NESTING = 3;

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void next_anyItemsInTheExportsSpelling_areReadAsTheyWere(
            @ForAll("items") List<Map<String, AttributeValue>> items, @ForAll EmrExportWriter.Spelling spelling)
            throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Map<String, AttributeValue> item : items) {
            lines.writeBytes(EmrExportWriter.encode(item, spelling));
            lines.write('\n');
        }

        List<Map<String, AttributeValue>> read = new ArrayList<>();
        RecordReader reader = new EmrExportFormat()
                .open(
                        new ByteArrayInputStream(lines.toByteArray()),
                        new ReaderContext("", "", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            read.add(ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                    .attributes());
            record.clear();
        }

        assertThat(read).isEqualTo(items);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void next_anyItemsAsHiveText_areReadAsTheyWere(
            @ForAll("items") List<Map<String, AttributeValue>> items, @ForAll EmrExportWriter.Spelling spelling)
            throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        List<Map<String, AttributeValue>> spelled = new ArrayList<>();
        for (Map<String, AttributeValue> item : items) {
            // Names with its own marks are what this text cannot spell.
            if (item.keySet().stream().noneMatch(name -> name.matches("(?s).*[\\n\\x02\\x03].*"))) {
                spelled.add(item);
                lines.writeBytes(EmrExportWriter.encodeText(item, spelling));
                lines.write('\n');
            }
        }

        assertThat(HiveTextFormatTest.read(lines.toByteArray())).isEqualTo(spelled);
    }

    @Provide
    Arbitrary<List<Map<String, AttributeValue>>> items() {
        return attributes(MAX_NESTING, 1).list().ofMinSize(1).ofMaxSize(4);
    }

    private static Arbitrary<Map<String, AttributeValue>> attributes(int nesting, int least) {
        Arbitrary<String> names =
                Arbitraries.oneOf(Arbitraries.of("s", "S", "m", "l", "nULLValue", "Keys", "Item"), texts(1));
        return Arbitraries.maps(names, values(nesting)).ofMinSize(least).ofMaxSize(nesting == MAX_NESTING ? 6 : 3);
    }

    private static Arbitrary<AttributeValue> values(int nesting) {
        List<Arbitrary<AttributeValue>> types = new ArrayList<>(List.of(
                texts(0).map(AttributeValue::fromS),
                numbers().map(AttributeValue::fromN),
                binaries().map(AttributeValue::fromB),
                texts(0).list().uniqueElements().ofMinSize(1).ofMaxSize(4).map(AttributeValue::fromSs),
                numbers()
                        .list()
                        .uniqueElements(EmrExportPropertyTest::canonical)
                        .ofMinSize(1)
                        .ofMaxSize(4)
                        .map(AttributeValue::fromNs),
                binaries().list().uniqueElements().ofMinSize(1).ofMaxSize(4).map(AttributeValue::fromBs),
                Arbitraries.of(true, false).map(AttributeValue::fromBool),
                Arbitraries.just(AttributeValue.fromNul(true))));
        if (nesting > 0) {
            types.add(attributes(nesting - 1, 0).map(AttributeValue::fromM));
            types.add(values(nesting - 1).list().ofMaxSize(3).map(AttributeValue::fromL));
        }
        return Arbitraries.oneOf(types);
    }

    private static Arbitrary<String> texts(int least) {
        Arbitrary<String> pieces = Arbitraries.oneOf(
                Arbitraries.strings().withCharRange('\0', '\ud7ff').ofMaxLength(5),
                Arbitraries.strings().ascii().ofMaxLength(20),
                Arbitraries.of("\"", "\\", "{\"s\":", "\u2028", "\ud83d\ude00"));
        return pieces.list().ofMaxSize(3).map(list -> String.join("", list)).filter(text -> text.length() >= least);
    }

    private static Arbitrary<String> numbers() {
        return Combinators.combine(
                        Arbitraries.bigIntegers()
                                .between(
                                        BigInteger.TEN.pow(38).negate().add(BigInteger.ONE),
                                        BigInteger.TEN.pow(38).subtract(BigInteger.ONE)),
                        Arbitraries.integers().between(-80, 120))
                .as((digits, scale) -> new BigDecimal(digits, scale).toString());
    }

    private static BigDecimal canonical(String number) {
        BigDecimal value = new BigDecimal(number);
        return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    private static Arbitrary<SdkBytes> binaries() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(9).map(SdkBytes::fromByteArray);
    }
}
