# Debian's Net::SMPP as an ESME: what each request was answered and each delivery held, a line of JSON each.
use strict;
use warnings;
use JSON::PP;
use Net::SMPP;

my ($host, $port, $source, $phone) = @ARGV;
$| = 1;

sub say_of {
    my ($kind, $pdu, @names) = @_;
    my %said = (kind => $kind, status => $pdu->{status}, map { $_ => $pdu->{$_} } @names);
    print JSON::PP->new->canonical->encode(\%said), "\n";
}

my ($smsc, $bound) = Net::SMPP->new_transceiver($host, port => $port, system_id => "generic", password => "secret")
    or die "no bind: $!";
say_of("bind", $bound, "system_id");

my @from = (source_addr_ton => 1, source_addr_npi => 1, source_addr => $source);
my @to = (dest_addr_ton => 1, dest_addr_npi => 1, destination_addr => $phone);

my $submitted = $smsc->submit_sm(@from, @to, short_message => "Hello", registered_delivery => 1);
say_of("submit_sm", $submitted, "message_id");
my $receipt = $smsc->read_pdu();
say_of("deliver_sm", $receipt, "esm_class", "short_message");
$smsc->deliver_sm_resp(seq => $receipt->{seq}, message_id => "");

say_of("query_sm", $smsc->query_sm(message_id => $submitted->{message_id}, @from), "message_state", "final_date");
say_of("replace_sm", $smsc->replace_sm(message_id => $submitted->{message_id}, @from, short_message => "Later"));
say_of("cancel_sm", $smsc->cancel_sm(message_id => "none such", @from, @to));
say_of("refused", $smsc->submit_sm(@from, dest_addr_ton => 1, dest_addr_npi => 1, destination_addr => "", short_message => "?"));
say_of("data_sm", $smsc->data_sm(@from, @to, message_payload => "In a TLV"), "message_id");
say_of("enquire_link", $smsc->enquire_link());
say_of("unbind", $smsc->unbind());
