package io.github.dynarestore.model;

import java.io.IOException;
import java.io.Reader;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/**
 * What AWS charges for what a restore does, in US dollars.
 *
 * @param perMillionWriteUnits a million write request units, on demand
 * @param perMillionGets a million GetObject requests
 * @param perThousandLists a thousand ListObjectsV2 requests
 */
public record PriceBook(BigDecimal perMillionWriteUnits, BigDecimal perMillionGets, BigDecimal perThousandLists) {

    private static final Set<String> NAMES = Set.of("perMillionWriteUnits", "perMillionGets", "perThousandLists");

    /** Checks that no price is negative. */
    public PriceBook {
        for (BigDecimal price : new BigDecimal[] {perMillionWriteUnits, perMillionGets, perThousandLists}) {
            if (Objects.requireNonNull(price).signum() < 0) {
                throw new IllegalArgumentException("a price is 0 or more, not " + price);
            }
        }
    }

    /**
     * List prices of us-east-1 as this version was made: DynamoDB on demand since November 2024, S3 Standard. They are not
     * looked up; give your own where they differ, such as for provisioned capacity, which is paid by the hour anyway.
     */
    public static PriceBook usEast1() {
        return new PriceBook(new BigDecimal("0.625"), new BigDecimal("0.40"), new BigDecimal("0.005"));
    }

    /**
     * Reads prices that differ from {@link #usEast1}: lines {@code name=price} with the names of the components.
     *
     * @throws IllegalArgumentException for another name, or what is no price
     */
    public static PriceBook read(Reader reader) throws IOException {
        Properties properties = new Properties();
        properties.load(reader);
        for (String name : properties.stringPropertyNames()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException("there is no price '" + name + "'; there are " + NAMES);
            }
        }
        PriceBook list = usEast1();
        return new PriceBook(
                price(properties, "perMillionWriteUnits", list.perMillionWriteUnits),
                price(properties, "perMillionGets", list.perMillionGets),
                price(properties, "perThousandLists", list.perThousandLists));
    }

    private static BigDecimal price(Properties properties, String name, BigDecimal otherwise) {
        String price = properties.getProperty(name);
        try {
            return price == null ? otherwise : new BigDecimal(price.trim());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the price " + name + " is no number: '" + price + "'", e);
        }
    }
}
