-- interaction, reason
leave(ARGV[2], ARGV[3])
return {'ok'}
