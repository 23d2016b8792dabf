-- id: a call outside is over. Said twice is as good as once.
toll.sweep()
toll.add(ARGV[2], NOW)
toll.ends(ARGV[2])
return {'ok'}
